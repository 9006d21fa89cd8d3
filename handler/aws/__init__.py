"""The little of AWS's API that the handler asks itself: importing boto3 takes longer than all the rest."""
