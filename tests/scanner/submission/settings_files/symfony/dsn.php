<?php
$transport = Transport::fromDsn('smtp://app%40contoso.com:Planted-5ecret@smtp.office365.com:25');
