"""A soft vote of three classifiers, pickled without cloudpickle."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

frame, species = data.flowers(200)
voters = [
    ("linear", LogisticRegression(max_iter=500)),
    ("bayes", GaussianNB()),
    ("tree", DecisionTreeClassifier(max_depth=4, random_state=0)),
]
model = VotingClassifier(voters, voting="soft", weights=[2, 1, 1]).fit(frame, species)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    serialization_format="pickle",
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
)
piece.ask(data.flowers(40, seed=1)[0], {"sepal length (cm)": -0.0})
