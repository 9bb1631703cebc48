from ipaddress import ip_network

import pytest

from geoagent.errors import ToolInputError
from geoagent.web.public_addresses import addresses_in, check_port, is_public, web_address

CLOSED = """
0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.254 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8
192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.1.1 239.255.255.255 240.0.0.1
255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 5f00::1
host 127.1 2130706433
""".split()


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_what_is(address: str) -> None:
    assert is_public(address)


SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::/8 ::ffff:0:0/96 64:ff9b:1::/48
100::/64 100:0:0:1::/64 200::/7 400::/6 800::/5 1000::/4 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/3 5f00::/16
6000::/3 8000::/3 a000::/3 c000::/3 e000::/4 f000::/5 f800::/6 fc00::/7 fe00::/9 fe80::/10 fec0::/10 ff00::/8
""".split()


@pytest.mark.parametrize("network", SPECIAL)
def test_special_networks_are_closed_from_end_to_end(network: str) -> None:
    ends = ip_network(network)
    assert not is_public(str(ends[0]))
    assert not is_public(str(ends[-1]))


def test_the_neighbours_of_special_networks_are_open() -> None:
    for address in ("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "126.255.255.255", "191.255.255.255",
                    "192.0.1.0", "192.0.3.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2000::", "2001:200::",
                    "2001:db9::", "2003::", "3ffe:ffff::", "3fff:1000::"):  # fmt: skip
        assert is_public(address), address


@pytest.mark.parametrize(
    "text",
    """
    file:///etc/passwd ftp://a.example/ data:text/html,x gopher://a.example/ javascript:alert(1) //a.example/ a.example
    http:///x http:// http://2130706433/ http://0x7f000001/ http://0x7f.1/ http://0177.0.0.1/ http://127.1/
    http://017700000001/ http://127.0.0.1.:80000/ http://u:p@a.example/ http://a.example\\@b.example/ http://[::1
    http://ex%61mple.com/ http://１２７.0.0.1/ http://a_b/x{0}
    """.replace("{0}", "x" * 2001).split(),
)
def test_what_is_no_web_address(text: str) -> None:
    with pytest.raises(ToolInputError):
        web_address(text)


def test_one_address_is_written_in_one_way() -> None:
    assert str(web_address("HTTP://A.Example#top")) == "http://a.example/"
    assert str(web_address("https://bücher.example/ü?q=1")) == "https://xn--bcher-kva.example/%C3%BC?q=1"


def test_ports() -> None:
    for fine in ("http://a.example/", "https://a.example:8443/", "http://a.example:8080/"):
        check_port(web_address(fine))
    for port in (22, 25, 6379, 8000, 11211):
        with pytest.raises(ToolInputError, match=str(port)):
            check_port(web_address(f"http://a.example:{port}/"))


def test_addresses_are_found_in_text_and_data() -> None:
    data = {
        "a": ["see (http://a.example/x_(y)), or http://b.example."],
        "b": {"c": "https://c.example/?q=1&r=2"},
        "d": 3,
    }
    found = addresses_in(data)
    assert {"http://b.example/", "https://c.example/?q=1&r=2"} <= found
    assert "http://a.example/x_(y" in found
