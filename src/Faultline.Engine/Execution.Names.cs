namespace Faultline.Engine;

/// <summary>Where lock and queue words say which thread they are about, and how to say it of another.</summary>
public sealed unsafe partial class Execution
{
    private const int ReadsIt = 1;
    private const int OwnsIt = 2;
    private const int QueuesForIt = 4;

    /// <summary>What a thread has to do with a lock: 0, nothing.</summary>
    internal static int RoleIn(int lockValue, int thread) =>
        ((lockValue & (1 << thread)) != 0 ? ReadsIt : 0)
        | ((lockValue & OwnerMask) == (thread + 1) << OwnerShift ? OwnsIt : 0)
        | ((lockValue & (1 << (QueuedShift + thread))) != 0 ? QueuesForIt : 0);

    /// <summary>A lock word without what it says of a thread.</summary>
    internal static int WithoutRole(int lockValue, int thread) =>
        lockValue & ~(1 << thread) & ~(1 << (QueuedShift + thread))
        & ((lockValue & OwnerMask) == (thread + 1) << OwnerShift ? ~OwnerMask : ~0);

    /// <summary>A lock word that says of some thread what another one says of another thread.</summary>
    internal static int WithRole(int lockValue, int thread, int role) =>
        lockValue
        | ((role & ReadsIt) != 0 ? 1 << thread : 0)
        | ((role & OwnsIt) != 0 ? (thread + 1) << OwnerShift : 0)
        | ((role & QueuesForIt) != 0 ? 1 << (QueuedShift + thread) : 0);
}
