namespace Faultline.Kernel.Programs;

/// <summary>
/// What a program can touch, known from its text: which locks are never taken for writing, which words never change, and which
/// translations can never be revoked. It only spares steps that no check can tell apart; <c>pessimistic</c> takes all for possible, to
/// show just that.
/// </summary>
public sealed class Footprint
{
    private readonly bool pessimistic;
    private readonly bool[] revocable;
    private readonly bool[][] usedAgain;
    private readonly bool[] resized;

    /// <summary>Reads a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="pessimistic">Take everything for possible.</param>
    public Footprint(UserProgram program, bool pessimistic = false)
    {
        this.pessimistic = pessimistic;
        Instruction[] all = [.. program.Instructions];
        bool Any(params Opcode[] opcodes) => all.Any(i => opcodes.Contains(i.Opcode));
        Writes = Any(Opcode.Write);
        DirectReads = Any(Opcode.DirectRead);
        ChangesLayout = Any(Opcode.Truncate, Opcode.Fallocate, Opcode.Reflink);
        Reflinks = Any(Opcode.Reflink);
        FreesBlocks = Any(Opcode.Truncate, Opcode.Reflink)
            || all.Any(i => i.Opcode == Opcode.Fallocate && i.Mode is FallocateMode.PunchHole or FallocateMode.CollapseRange);
        ChangesVmas = Any(Opcode.Munmap, Opcode.Mprotect, Opcode.Fork);
        Unmaps = Any(Opcode.Munmap);
        Forks = Any(Opcode.Fork);
        Commits = Any(Opcode.Fsync, Opcode.Fdatasync, Opcode.Msync) || program.Maps.Any(m => m.Sync);
        Crashes = Any(Opcode.Crash);
        Persists = Commits || Crashes || Any(Opcode.Clwb, Opcode.Sfence);
        Huge = program.Maps.Any(m => m.Alignment != Alignment.BasePages);
        DropsCaches = Any(Opcode.DropCaches);
        Poisons = Any(Opcode.HwPoison);
        bool sharedStores = all.Any(i => i.Opcode is Opcode.Store or Opcode.DirectRead && program.Maps[i.Object].Shared);
        bool unallocated = FreesBlocks || program.Files.Any(f => f.Pages.Any(p => p.Backing != PageBacking.Block));
        HugeHoles = Huge && unallocated;
        Allocates = ChangesLayout || (unallocated && (Writes || sharedStores));
        FirstMappedPage = PrefixSums.OfMappedPages(program);
        resized = [.. program.Files.Select((f, i) => IsResizedBy(program, i, all))];
        revocable = new RevocablePages(program, FirstMappedPage).Find(all);
        usedAgain = [.. program.Threads.Select(t => FindUsedAgain(program, t))];
    }

    /// <summary>Some thread calls write(2).</summary>
    public bool Writes { get; }

    /// <summary>Some thread lets a device write into a mapping: pages get pinned.</summary>
    public bool DirectReads { get; }

    /// <summary>Some thread changes which blocks a file has, or its size, by ftruncate, fallocate or reflink.</summary>
    public bool ChangesLayout { get; }

    /// <summary>Extents may be shared.</summary>
    public bool Reflinks { get; }

    /// <summary>Blocks may be freed, and used again.</summary>
    public bool FreesBlocks { get; }

    /// <summary>Some thread changes mappings, or copies them: takes mmap_lock for writing.</summary>
    public bool ChangesVmas { get; }

    /// <summary>
    /// It matters that a fault first tries its VMA's lock. Where nobody changes VMAs it makes no difference which lock a fault holds, but for a huge
    /// store that allocates: ext4 tries it twice, and the second try finds what the first has allocated.
    /// </summary>
    public bool TriesVmaLocks => ChangesVmas || HugeHoles;

    /// <summary>Some thread unmaps a mapping.</summary>
    public bool Unmaps { get; }

    /// <summary>Some thread forks.</summary>
    public bool Forks { get; }

    /// <summary>The journal may be committed.</summary>
    public bool Commits { get; }

    /// <summary>Power may fail.</summary>
    public bool Crashes { get; }

    /// <summary>It matters what is persistent.</summary>
    public bool Persists { get; }

    /// <summary>Some mapping has room for huge pages.</summary>
    public bool Huge { get; }

    /// <summary>It matters that a range is flushed although all of it is dropped next: a huge entry goes beyond it, or its events are wanted.</summary>
    public bool TellsAllFlushes => Huge || pessimistic;

    /// <summary>Some thread drops caches.</summary>
    public bool DropsCaches { get; }

    /// <summary>Some thread poisons a page.</summary>
    public bool Poisons { get; }

    /// <summary>A block may be allocated or converted while the program runs.</summary>
    public bool Allocates { get; }

    /// <summary>A huge page may stand for a hole: it is unmapped when entries of 4 KiB take its place.</summary>
    public bool HugeHoles { get; }

    private int[] FirstMappedPage { get; }

    /// <summary>The size of the file may change.</summary>
    public bool IsResized(int file) => resized[file];

    /// <summary>A present PTE of this mapped page may be taken away or lead elsewhere; if not, TLBs cannot go stale and are not kept.</summary>
    public bool IsRevocable(int mappedPage) => pessimistic || revocable[mappedPage];

    /// <summary>Locks that the program's text shows to be never taken for writing need no scheduling point.</summary>
    public bool SparesReaders => !pessimistic;

    /// <summary>The thread touches the same mapped page again after this instruction.</summary>
    public bool IsUsedAgain(int thread, int instruction) => usedAgain[thread][instruction];

    private static bool IsResizedBy(UserProgram program, int file, Instruction[] all) => all.Any(i => i.Object == file && (
        i.Opcode == Opcode.Truncate
        || (i.Opcode == Opcode.Fallocate && (i.Mode is FallocateMode.CollapseRange or FallocateMode.InsertRange
            || i.Page + i.Pages > program.Files[file].Size))
        || (i.Opcode == Opcode.Write && i.Page >= program.Files[file].Size)))
        || all.Any(i => i.Opcode == Opcode.Reflink && i.Target == file && i.TargetPage + i.Pages > program.Files[file].Size);

    private static bool[] FindUsedAgain(UserProgram program, ThreadSpec thread)
    {
        var result = new bool[thread.Code.Count];
        var later = new HashSet<(int, int)>();
        for (int i = thread.Code.Count - 1; i >= 0; i--)
        {
            Instruction instruction = thread.Code[i];
            if (instruction.Opcode is Opcode.Load or Opcode.Store)
            {
                bool huge = program.Maps[instruction.Object].Alignment != Alignment.BasePages;
                result[i] = !later.Add((instruction.Object, huge ? 0 : instruction.Page)); // any page of a huge page uses its translation
            }
        }

        return result;
    }
}
