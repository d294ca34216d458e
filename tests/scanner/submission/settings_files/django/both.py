EMAIL_HOST = "smtp.office365.com"; EMAIL_PORT = 587
EMAIL_USE_TLS = True
EMAIL_USE_SSL = True
EMAIL_HOST_USER = "app@contoso.com"
EMAIL_HOST_PASSWORD = "Planted-5ecret"
