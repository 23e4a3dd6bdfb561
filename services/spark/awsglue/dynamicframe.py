"""DynamicFrame: not there yet; importing it says so."""

from awsglue._absent import absent

raise absent("awsglue.dynamicframe")
