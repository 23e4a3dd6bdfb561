"""What a deploy is made of. Needs boto3 and nothing of the emulation: the same code promotes to AWS."""
