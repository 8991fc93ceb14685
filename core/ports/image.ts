/** Where the images lie that amphorae boot from. Failures are `DriverFailure`. */
export interface ImageDriver {
  /**
   * The newest that can be booted and has the tag.
   * @param ownerId whose images count; null: everyone's, so that whoever may tag an image decides what amphorae run
   * @returns its id; null when there is none
   */
  findNewest(tag: string, ownerId: string | null): Promise<string | null>;
}
