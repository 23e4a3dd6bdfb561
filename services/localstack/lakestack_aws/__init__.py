"""Lakestack's plugins for LocalStack: what makes its endpoint answer as Glue and Athena, and mends the rest."""
