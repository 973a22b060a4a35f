"""Places on days: school calendar, activities, prices, enrolments, bookings."""
