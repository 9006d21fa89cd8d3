"""statsmodels: least squares by a formula, with a power and a category."""

import data
import mlflow.statsmodels
import piece
import statsmodels.formula.api as formulas
from mlflow.models.signature import infer_signature

frame, prices = data.houses(200)
frame = frame[["area", "rooms", "district"]]
model = formulas.ols("price ~ area + I(area ** 2) + rooms + C(district)", frame.assign(price=prices)).fit()
mlflow.statsmodels.save_model(
    model,
    piece.MODEL,
    remove_data=True,
    signature=infer_signature(frame, model.predict(frame)),
    input_example=frame[:2],
)
piece.ask(data.houses(30, seed=1)[0][["area", "rooms", "district"]], {"area": 1e100}, {"area": -0.0, "rooms": -5})
