EMAIL_HOST = "smtp.office365.com"
EMAIL_HOST_PASSWORD = "Planted-5ecret
