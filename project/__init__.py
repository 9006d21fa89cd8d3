"""Write a project of one's own around a model: `thaw init`."""
