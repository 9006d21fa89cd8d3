"""A company's own package: prices of electricity by the hour."""
