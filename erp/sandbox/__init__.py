"""The sandbox ERP: a real HTTP server with Business Central's v18 contract, and its adapter."""
