"""The hub's `GET /api/v1/devices?groupId=` as it is commonly written: FastAPI, SQLAlchemy's ORM, asyncpg, Pydantic.

It reads the hub's own Postgres through the view that joins each device with its last location. It asks for no API key,
which would be one more query a request. PGHOST, PGUSER and PGDATABASE name the database.
"""

import os
import uuid
from datetime import datetime, timedelta, timezone

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    f"postgresql+asyncpg://{os.environ['PGUSER']}@/{os.environ['PGDATABASE']}",
    connect_args={"host": os.environ["PGHOST"]},
    pool_size=10,
    max_overflow=0,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class DeviceRow(Base):
    __tablename__ = "devices_with_last_location"
    __table_args__ = {"schema": "core"}
    device_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    group_id: Mapped[str]
    active: Mapped[bool]
    last_seen_at: Mapped[datetime]
    captured_at: Mapped[datetime | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy: Mapped[float | None]
    altitude: Mapped[float | None]
    bearing: Mapped[float | None]
    speed: Mapped[float | None]
    provider: Mapped[str | None]
    battery_level: Mapped[int | None]
    network_type: Mapped[str | None]


class Location(BaseModel):
    timestamp: datetime
    latitude: float
    longitude: float
    accuracy: float
    altitude: float | None = None
    bearing: float | None = None
    speed: float | None = None
    provider: str | None = None
    batteryLevel: int | None = None
    networkType: str | None = None


class Device(BaseModel):
    deviceId: uuid.UUID
    displayName: str
    status: str
    lastSeenAt: datetime
    lastLocation: Location | None


class Devices(BaseModel):
    devices: list[Device]


app = FastAPI()


@app.get("/api/v1/devices", response_model=Devices, response_model_exclude_none=True)
async def list_devices(groupId: str) -> Devices:
    async with sessions() as session:
        query = (
            select(DeviceRow).where(DeviceRow.group_id == groupId, DeviceRow.active).order_by(DeviceRow.display_name)
        )
        rows = (await session.scalars(query)).all()
    online = datetime.now(timezone.utc) - timedelta(seconds=60)
    return Devices(
        devices=[
            Device(
                deviceId=row.device_id,
                displayName=row.display_name,
                status="online" if row.last_seen_at > online else "offline",
                lastSeenAt=row.last_seen_at,
                lastLocation=(
                    None
                    if row.captured_at is None
                    else Location(
                        timestamp=row.captured_at,
                        latitude=row.latitude,
                        longitude=row.longitude,
                        accuracy=row.accuracy,
                        altitude=row.altitude,
                        bearing=row.bearing,
                        speed=row.speed,
                        provider=row.provider,
                        batteryLevel=row.battery_level,
                        networkType=row.network_type,
                    )
                ),
            )
            for row in rows
        ]
    )
