"""A tree with neither signature nor example, of which only MLmodel and the pickle were kept."""

import data
import mlflow.sklearn
import piece
from sklearn.tree import DecisionTreeRegressor

frame, _ = data.sensors(300)
model = DecisionTreeRegressor(max_depth=5, random_state=3).fit(frame.values, frame["vibration"] * frame["humidity"])
mlflow.sklearn.save_model(model, piece.MODEL)
piece.drop("conda.yaml", "requirements.txt", "python_env.yaml")
piece.ask(data.sensors(40, seed=1)[0], {"temperature": 1e30, "vibration": -1e30}, {"humidity": -0.0})
