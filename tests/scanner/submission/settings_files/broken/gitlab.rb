gitlab_rails['smtp_address'] = "smtp.office365.com"
gitlab_rails['smtp_password'] = "Planted-5ecret
