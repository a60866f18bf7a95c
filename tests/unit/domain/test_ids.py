import numpy as np
import pandas as pd

from dashboard.domain.ids import Ids

INDEX = pd.Index(["1.0", "1.1", "2.0"], dtype=object)


def ids(*rows, index=INDEX):
    return Ids(index, np.array(rows, dtype=int))


def test_ids_are_those_of_the_rows_in_their_order():
    assert list(ids(2, 0)) == ["2.0", "1.0"]
    assert ids(2, 0, 1)[1:] == ["1.0", "1.1"]
    assert not ids()


def test_the_same_ids_of_another_frame_are_equal():
    other = pd.Index(["1.1", "1.0"], dtype=object)
    assert ids(0, 1) == ids(1, 0, index=other)
    assert ids(0, 1) != ids(0, 1, index=other)
    assert ids(0) != ids(0, 1)
