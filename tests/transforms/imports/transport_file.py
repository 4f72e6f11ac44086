"""SAS transport files, written for tests."""

import struct


def transport_file(name, columns, rows):
    """Write a SAS transport file of version 5: one member, numbers of 8 bytes, after SAS TS-140."""

    def ibm(number):
        if number is None:
            return b"." + bytes(7)
        if number == 0:
            return bytes(8)
        sign, number, exponent = (0x80 if number < 0 else 0), abs(number), 64
        while number >= 1:
            number, exponent = number / 16, exponent + 1
        while number < 1 / 16:
            number, exponent = number * 16, exponent - 1
        return bytes([sign | exponent]) + int(number * 2**56).to_bytes(7, "big")

    def padded(data):
        return data + b" " * (-len(data) % 80)

    stamp = b"22NOV26:12:00:00"
    out = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
    out += padded(b"SAS     SAS     SASLIB  6.06    bsd4.2  " + b" " * 24 + stamp) + padded(stamp)
    out += b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!" + b"0" * 16 + b"01600000000140  "
    out += b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
    out += padded(b"SAS     " + name.ljust(8).encode() + b"SASDATA 6.06    bsd4.2  " + b" " * 24 + stamp)
    out += padded(stamp + b" " * 16 + b" " * 48)
    out += (
        b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
        + f"000000{len(columns):04}".encode()
        + b"0" * 20
        + b"  "
    )
    namestr = b""
    for place, column in enumerate(columns):
        namestr += struct.pack(
            ">hhhh8s40s8shhh2s8shhl52s", 1, 0, 8, place + 1, column.ljust(8).encode(), b" " * 40, b" " * 8, 0, 0, 0,
            b"  ", b" " * 8, 0, 0, 8 * place, b" " * 52,
        )  # fmt: skip
    out += padded(namestr)
    out += b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + b"0" * 30 + b"  "
    return out + padded(b"".join(ibm(cell) for row in rows for cell in row))
