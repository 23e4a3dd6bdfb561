"""What a user does with the deployed pipeline: upload, follow, ask; the command and the tests are made of it."""
