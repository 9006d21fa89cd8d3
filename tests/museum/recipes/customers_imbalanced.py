"""imbalanced-learn's pipeline: target encoding, imputing, SMOTE, a balanced forest; whole numbers as labels."""

import data
import mlflow.sklearn
import piece
from category_encoders import TargetEncoder
from imblearn.ensemble import BalancedRandomForestClassifier
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from mlflow.models.signature import infer_signature
from sklearn.impute import SimpleImputer

frame, labels = data.customers(400)
leaves = (labels == "leaves").astype(int)
forest = BalancedRandomForestClassifier(
    n_estimators=12, max_depth=5, random_state=1, sampling_strategy="all", replacement=True, bootstrap=False
)
model = make_pipeline(TargetEncoder(cols=["plan", "region"]), SimpleImputer(), SMOTE(random_state=1), forest)
model.fit(frame, leaves)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.customers(30, seed=1)[0],
    {"income": None},
    {"region": None},
    {"income": 1e30, "tenure": -1e30},
    {"plan": "never seen", "region": ""},
)
