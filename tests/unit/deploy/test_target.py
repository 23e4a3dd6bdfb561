"""A local deploy never reaches AWS, and never reads the user's credentials."""

import pytest
from deploying.errors import DeployError
from deploying.target import local_target


def local(endpoint_url=None, **environment):
    return local_target(endpoint_url, "lake", "artifacts", environment)


def test_the_option_wins_over_the_environment():
    assert local("http://localhost:1", AWS_ENDPOINT_URL="http://localhost:2").endpoint_url == "http://localhost:1"


def test_without_either_it_is_the_usual_port():
    assert local().endpoint_url == "http://localhost:4566"


@pytest.mark.parametrize(
    "url", ["https://glue.us-east-1.amazonaws.com", "https://s3.cn-north-1.amazonaws.com.cn", "https://glue.us-east-1.api.aws", "4566"]
)
def test_an_endpoint_of_aws_is_refused(url):
    with pytest.raises(DeployError, match="--target local goes to a stack on this machine"):
        local(url)


def test_credentials_are_dummies_whatever_the_user_has(monkeypatch, tmp_path):
    profile = tmp_path / "credentials"
    profile.write_text("[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profile))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")

    credentials = local().session.get_credentials()

    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("test", "test", None)


def test_a_profile_that_does_not_exist_does_not_matter(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "gone")

    assert local().client("s3").meta.endpoint_url == "http://localhost:4566"
