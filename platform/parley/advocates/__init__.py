"""Members who declared for a vendor, with their ties."""
