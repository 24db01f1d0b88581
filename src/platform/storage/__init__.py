"""File storage behind one protocol: a local folder or S3."""
