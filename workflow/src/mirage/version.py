"""The version of the package, which its metadata, the page, the cards and `mirage --version` say."""

VERSION = "0.2.0"
