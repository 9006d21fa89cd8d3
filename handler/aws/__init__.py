"""A minimal AWS client over the standard library: importing boto3 takes longer than starting the handler."""
