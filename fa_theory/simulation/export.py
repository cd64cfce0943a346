"""Trajectories as tables of other libraries, and as files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.extras import needed
from fa_theory.model.activations import activation
from fa_theory.model.ball import Array
from fa_theory.model.convolution import Convolution
from fa_theory.model.deep import DeepNetwork, DeepWeights, WeightScaling
from fa_theory.model.network import Network
from fa_theory.work.files import write

from .quantities import QUANTITIES

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .trajectories import State, Trajectories

FORMAT = "fa-theory-trajectories/1"


def dataframe(run: Trajectories) -> pd.DataFrame:
    """See `Trajectories.to_dataframe`."""
    pandas: Any = needed("pandas")
    m, r = len(run), len(run.t)
    columns: dict[str, Any] = {}
    for name, values in run.values.items():
        flat = np.asarray(values, dtype=float).reshape(m * r, *values.shape[2:])
        if flat.ndim == 1:
            columns[name] = flat
        else:
            columns |= {
                f"{name}[{','.join(map(str, place))}]": flat[:, *place] for place in np.ndindex(*flat.shape[1:])
            }
    index = pandas.MultiIndex.from_product([range(m), run.t.tolist()], names=["network", "t"])
    return pandas.DataFrame(columns, index=index)


def xarray(run: Trajectories) -> xr.Dataset:
    """See `Trajectories.to_xarray`."""
    library: Any = needed("xarray")
    data: xr.Dataset = library.Dataset(
        {name: (_dimensions(name, values), values) for name, values in run.values.items()},
        coords={"network": np.arange(len(run)), "t": run.t, "diverged": ("network", run.diverged)},
        attrs={"path": run.path, "backend": run.backend, "notes": list(run.notes)},
    )
    return data


def _dimensions(name: str, values: Array) -> tuple[str, ...]:
    axes = QUANTITIES[name].axes if name in QUANTITIES else ()
    more = tuple(f"{name} {axis}" for axis in (*axes, *range(len(axes), values.ndim)))
    return ("network", "t", *(axes if name == "error" else more)[: values.ndim - 2])


def save(run: Trajectories, path: Path) -> Path:
    """See `Trajectories.save`."""
    if path.suffix != ".npz":
        raise InputError(f"expected a file name that ends in .npz but got {path}")
    about: dict[str, Any] = {"format": FORMAT, "path": run.path, "backend": run.backend, "states": sorted(run.states)}
    for state in run.states.values():
        about["activation"] = state.psi.name
        if isinstance(state, DeepNetwork):
            about["layers"] = {name: len(part) for name, part in state.weights._asdict().items()}
            about["scaling"] = asdict(state.scaling)
            about["ties"] = [tie and list(asdict(tie).values()) for tie in state.ties]
    arrays = {"t": run.t, "diverged": run.diverged, **{f"value {name}": run.values[name] for name in run.values}}
    if run.stiffness is not None:
        arrays["stiffness"] = run.stiffness
    for step, network in run.states.items():
        arrays |= {f"state {step} {name}": A for name, A in _arrays(network).items()}
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)
    return write(path, buffer.getvalue())


def load(path: Path) -> Trajectories:
    """See `Trajectories.load`."""
    from .trajectories import Trajectories

    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(str(arrays["about"]))
        if about["format"] != FORMAT:
            raise InputError(f"{path}: expected the format {FORMAT} but got {about['format']!r}")
        states = {step: _state(arrays, step, about) for step in about["states"]}
        values = {name[6:]: array for name, array in arrays.items() if name.startswith("value ")}
        return Trajectories(
            arrays["t"], values, arrays["diverged"], about["path"], about["backend"], states, arrays.get("stiffness")
        )
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: is not a file written by Trajectories.save ({error})") from None


def _arrays(network: State) -> dict[str, Array]:
    if isinstance(network, DeepNetwork):
        return {f"{name}{at}": A for name, part in network.weights._asdict().items() for at, A in enumerate(part)}
    return {name: getattr(network, name) for name in ("W", "beta", "b")}


def _state(arrays: Mapping[str, Array], step: int, about: Mapping[str, Any]) -> State:
    if "layers" in about:
        parts = {
            name: tuple(arrays[f"state {step} {name}{at}"] for at in range(size))
            for name, size in about["layers"].items()
        }
        scaling = WeightScaling(
            about["scaling"]["name"], tuple(about["scaling"]["powers"]), about["scaling"]["spread_power"]
        )
        ties = tuple(None if tie is None else Convolution(*tie).on(tuple(tie[3])) for tie in about["ties"])
        return DeepNetwork(DeepWeights(**parts), activation(about["activation"]), scaling, ties)
    W, beta, b = (arrays[f"state {step} {name}"] for name in ("W", "beta", "b"))
    return Network(W, beta, b, activation(about["activation"]))
