"""The purchasing API: commands that callers wait for, and reads through the ERP port."""
