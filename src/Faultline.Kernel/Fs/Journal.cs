using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Pmem;

namespace Faultline.Kernel.Fs;

/// <summary>
/// The journal (jbd2) or log (XFS) of the filesystem: a handle is held shared while metadata changes, a commit waits for all handles
/// and makes everything up to now persistent.
/// </summary>
internal static class Journal
{
    /// <summary>jbd2_journal_start() to jbd2_journal_stop(), xfs_trans_alloc() to xfs_trans_commit().</summary>
    public static RwSem Handle => new(Machine.Current.Places.Journal);

    /// <summary>fs/jbd2/journal.c jbd2_complete_transaction(), fs/xfs/xfs_log.c xfs_log_force_lsn(): commits the file's changes, if there are any.</summary>
    [KernelName("jbd2_complete_transaction")]
    public static async Call Commit(Inode inode)
    {
        if (await inode.MetadataDirty.ReadOnce() == 0)
        {
            return;
        }

        await Handle.DownWrite();
        await new AccessStep(inode.MetadataDirty.Index);
        DurableMetadata.Commit();
        Handle.UpWrite();
    }
}
