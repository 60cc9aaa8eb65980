"""Many repositories and teams: repositories → a store → tables of the fleet → one site, with one pooled verdict."""
