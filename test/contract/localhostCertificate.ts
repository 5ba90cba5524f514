/**
 * A key and a certificate for localhost that nobody signed but itself, for a server that speaks
 * TLS in a test. It opens nothing.
 */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQge4+Ku3kZ3ocixPZG
DVXp1NT315DiRRpVzDfkdN691AyhRANCAAS5tBuDlZGK77nOiqL8V262nvcGV5Cg
fQTFv/K4Ljck/Giw+pqnIPP+yWOyawr+Hkp2sj2vkEGyObsAn9lRNKvc
-----END PRIVATE KEY-----
`;

export const cert = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUMLT+yXh+BMZ+kLO4ku/Ehq5lcUUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAyMjI0NVoYDzIxMjYxMDI5
MDIyMjQ1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAS5tBuDlZGK77nOiqL8V262nvcGV5CgfQTFv/K4Ljck/Giw+pqnIPP+
yWOyawr+Hkp2sj2vkEGyObsAn9lRNKvco28wbTAdBgNVHQ4EFgQUANqqgJbmS0Y/
P5KmNltavUJjiuYwHwYDVR0jBBgwFoAUANqqgJbmS0Y/P5KmNltavUJjiuYwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgeGsI4r95eveNTmNwTIukoK+zLBU01kOIg+6qr6mlqzgCIEjZ
2AjB7ICC/ZwAxNgtoQ+MfJwXqr6AdPZRWarymuAb
-----END CERTIFICATE-----
`;
