import pytest
import torch


@pytest.fixture
def one_thread():
    """Pictures so small gain nothing from a second thread, and on a busy machine each layer would wait for it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
