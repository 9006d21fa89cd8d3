"""Many rows at a time, as services of AWS and files hand them over; imported when the first of them comes."""
