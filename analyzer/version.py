"""The version, for whoever must not import the package for it."""

VERSION = "0.1.0"
