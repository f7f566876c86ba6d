"""The published codeunit `CommandInbox`: what API v2.0 lacks, each command at most once."""
