"""Report on many repositories and teams: analyze each repository, store its tables, and publish one site."""
