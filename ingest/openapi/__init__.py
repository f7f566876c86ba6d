"""The OpenAPI document, written by hand beside the routes, in parts."""
