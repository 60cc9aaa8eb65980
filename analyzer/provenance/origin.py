"""Origins."""


class Origins: ...
