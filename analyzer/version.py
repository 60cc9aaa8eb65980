"""The version, in a module that can be read without importing the package."""

VERSION = "0.1.0"
