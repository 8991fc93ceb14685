/** A volume that one machine boots from: its image is written onto it. */
export interface VolumeRequest {
  readonly amphoraId: string;
  /** Null: the driver's one image; a driver that knows several refuses. */
  readonly imageId: string | null;
  readonly sizeGib: number;
  /** Null, for both: as the cloud does by default. */
  readonly type: string | null;
  readonly zone: string | null;
}

export interface Volume {
  readonly volumeId: string;
  readonly amphoraId: string;
  /** AVAILABLE: a machine may boot from it, or did. */
  readonly status: 'CREATING' | 'AVAILABLE' | 'ERROR';
  /** Why it is in ERROR, in the volume service's words. */
  readonly fault: string | null;
  readonly sizeGib: number;
  readonly imageId: string | null;
  readonly zone: string | null;
}

/**
 * Makes and removes the volumes that amphorae boot from, one each, found again by the name that the driver gives it:
 * `octavia-amphora-boot-` and the amphora's id. Every method may be called again after a crash and must then lead to
 * the same end. Failures are `DriverFailure`.
 */
export interface VolumeDriver {
  /** A second call for the same amphora answers with the volume of the first, whatever became of that. */
  create(request: VolumeRequest): Promise<{ readonly volumeId: string }>;
  get(volumeId: string): Promise<Volume | null>;
  /** The volume made for an amphora, even when nobody wrote its id down; null when there is none. */
  find(amphoraId: string): Promise<Volume | null>;
  /** All volumes that were made for amphorae, whether anybody still knows of them or not. */
  list(): Promise<readonly Pick<Volume, 'volumeId' | 'amphoraId'>[]>;
  /** One that does not exist is deleted already; one that a machine boots from is refused, and may go when that is gone. */
  delete(volumeId: string): Promise<void>;
}
