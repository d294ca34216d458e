SECRET_KEY = "Planted-5ecret"
EMAIL_HOST = 'smtp.live.com'
EMAIL_PORT = 465
EMAIL_USE_SSL = True
EMAIL_HOST_USER = 'app@contoso.com'
EMAIL_HOST_PASSWORD = 'Planted-5ecret'
DEFAULT_FROM_EMAIL = 'webmaster@contoso.com'
