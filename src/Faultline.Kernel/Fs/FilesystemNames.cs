namespace Faultline.Kernel.Fs;

/// <summary>The filesystems that are modelled.</summary>
public enum FilesystemKind
{
    /// <summary>ext4 with a journal.</summary>
    Ext4,

    /// <summary>XFS, with reflink where DAX has it (v6.0).</summary>
    Xfs,
}

/// <summary>What a filesystem calls its locks.</summary>
/// <param name="InodeRwsem">Taken by read(2) and write(2).</param>
/// <param name="FaultLock">Shared by faults.</param>
/// <param name="BlockMapLock">Guards the block map.</param>
/// <param name="Journal">A running transaction handle.</param>
internal sealed record FilesystemNames(string InodeRwsem, string FaultLock, string BlockMapLock, string Journal)
{
    public static FilesystemNames Of(FilesystemKind kind, bool common)
    {
        return kind == FilesystemKind.Ext4
            ? new FilesystemNames("i_rwsem", common ? "invalidate_lock" : "i_mmap_sem", "i_data_sem", "jbd2_handle")
            : new FilesystemNames("IOLOCK", common ? "invalidate_lock" : "MMAPLOCK", "ILOCK", "xfs_trans");
    }
}
