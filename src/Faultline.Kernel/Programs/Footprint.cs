namespace Faultline.Kernel.Programs;

/// <summary>
/// What a program can touch, known from its text: which locks are never taken for writing, and which translations can never be revoked.
/// Both only spare steps that no check can tell apart; <c>pessimistic</c> takes all for possible, to show just that.
/// </summary>
public sealed class Footprint
{
    private readonly bool pessimistic;
    private readonly bool[] revocable;
    private readonly bool[][] usedAgain;

    /// <summary>Reads a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="pessimistic">Take everything for possible.</param>
    public Footprint(UserProgram program, bool pessimistic = false)
    {
        this.pessimistic = pessimistic;
        IEnumerable<Instruction> all = program.Threads.SelectMany(t => t.Code);
        Writes = all.Any(i => i.Opcode == Opcode.Write);
        bool sharedStores = all.Any(i => i.Opcode == Opcode.Store && program.Maps[i.Object].Shared);
        bool unallocated = program.Files.Any(f => f.Pages.Any(p => p.Backing != PageBacking.Block));
        Allocates = unallocated && (Writes || sharedStores);
        FirstMappedPage = PrefixSums.OfMappedPages(program);
        revocable = FindRevocable(program, all);
        usedAgain = [.. program.Threads.Select(FindUsedAgain)];
    }

    /// <summary>Some thread calls write(2).</summary>
    public bool Writes { get; }

    /// <summary>A block may be allocated or converted while the program runs.</summary>
    public bool Allocates { get; }

    private int[] FirstMappedPage { get; }

    /// <summary>A present PTE of this mapped page may be taken away or lead elsewhere; if not, TLBs cannot go stale and are not kept.</summary>
    public bool IsRevocable(int mappedPage) => pessimistic || revocable[mappedPage];

    /// <summary>Locks that the program's text shows to be never taken for writing need no scheduling point.</summary>
    public bool SparesReaders => !pessimistic;

    /// <summary>The thread touches the same mapped page again after this instruction.</summary>
    public bool IsUsedAgain(int thread, int instruction) => usedAgain[thread][instruction];

    private bool[] FindRevocable(UserProgram program, IEnumerable<Instruction> all)
    {
        var result = new bool[FirstMappedPage[^1]];
        foreach (Instruction i in all)
        {
            switch (i.Opcode)
            {
                case Opcode.DontNeed when i.Page < 0:
                    result.AsSpan(FirstMappedPage[i.Object], program.Files[program.Maps[i.Object].File].Pages.Count).Fill(true);
                    break;
                case Opcode.DontNeed:
                case Opcode.Store when !program.Maps[i.Object].Shared:
                    result[FirstMappedPage[i.Object] + i.Page] = true;
                    break;
                case Opcode.Store:
                    MarkIfUnallocated(program, program.Maps[i.Object].File, i.Page, result);
                    break;
                case Opcode.Write:
                    MarkIfUnallocated(program, i.Object, i.Page, result);
                    break;
                default:
                    break;
            }
        }

        return result;
    }

    // When this page gets its block, every mapping's zero page goes.
    private void MarkIfUnallocated(UserProgram program, int file, int page, bool[] result)
    {
        if (program.Files[file].Pages[page].Backing == PageBacking.Block)
        {
            return;
        }

        for (int m = 0; m < program.Maps.Count; m++)
        {
            if (program.Maps[m].File == file)
            {
                result[FirstMappedPage[m] + page] = true;
            }
        }
    }

    private static bool[] FindUsedAgain(ThreadSpec thread)
    {
        var result = new bool[thread.Code.Count];
        var later = new HashSet<(int, int)>();
        for (int i = thread.Code.Count - 1; i >= 0; i--)
        {
            Instruction instruction = thread.Code[i];
            if (instruction.Opcode is Opcode.Load or Opcode.Store)
            {
                result[i] = !later.Add((instruction.Object, instruction.Page));
            }
        }

        return result;
    }
}
