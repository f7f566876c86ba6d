"""The operator's verbs over HTTP: a file for each noun, thin over the services of `ops`."""
