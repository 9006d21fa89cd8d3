"""Limit what one request, one client and all of them together may use: memory, time and connections."""
