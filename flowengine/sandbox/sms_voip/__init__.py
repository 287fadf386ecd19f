"""sms-voip's documented API over the simulated network."""
