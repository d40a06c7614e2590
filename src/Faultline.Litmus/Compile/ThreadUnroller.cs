using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Compile;

/// <summary>Turns the statements of one thread into instructions.</summary>
internal sealed class ThreadUnroller(ThreadDeclaration thread, int index, ProcessLayout layout)
{
    private const int None = -1;

    private readonly List<Instruction> code = [];
    private readonly Dictionary<string, int> variables = [];

    /// <summary>Slots of registers by number: the order of <see cref="ThreadDeclaration.Registers"/>.</summary>
    private readonly Dictionary<int, int> slots = thread.Registers.Index().ToDictionary(r => r.Item, r => r.Index);

    public ThreadSpec Unroll()
    {
        Unroll(thread.Body);
        return new ThreadSpec(thread.Name, code, [.. thread.Registers.Select(r => $"r{r}")])
        {
            Process = layout.ProcessOf(index),
        };
    }

    private void Unroll(IReadOnlyList<Statement> body)
    {
        foreach (Statement statement in body)
        {
            if (statement is RepeatStatement loop)
            {
                Unroll(loop);
            }
            else
            {
                code.Add(Translate(statement));
            }
        }
    }

    private void Unroll(RepeatStatement loop)
    {
        for (int pass = 0; pass < loop.Count; pass++)
        {
            if (loop.Variable is { } variable)
            {
                variables[variable] = pass;
            }

            Unroll(loop.Body);
        }
    }

    private Instruction Translate(Statement statement)
    {
        int line = statement.Position.Line;
        return TranslateAccess(statement, line) ?? TranslateFileCall(statement, line) ?? TranslateMapCall(statement, line)
            ?? TranslateOther(statement, line);
    }

    private Instruction? TranslateAccess(Statement statement, int line) => statement switch
    {
        LoadStatement load => At(Opcode.Load, OfMap(load.Source), slots[load.Register], 0, 1, line),
        StoreStatement store => At(Opcode.Store, OfMap(store.Target), store.Value, line),
        ReadStatement read => At(Opcode.Read, read.Source, slots[read.Register], 0, read.RegisterCount, line),
        WriteStatement write => At(Opcode.Write, write.Target, write.Value, line),
        DirectReadStatement read => At(Opcode.DirectRead, OfMap(read.Target), None, read.Value, 0, line),
        ClwbStatement clwb => At(Opcode.Clwb, OfMap(clwb.Target), None, 0, 0, line),
        _ => null,
    };

    private Instruction? TranslateFileCall(Statement statement, int line) => statement switch
    {
        FsyncStatement sync => Of(sync.IsDataOnly ? Opcode.Fdatasync : Opcode.Fsync, sync.File, None, 0, line),
        TruncateStatement truncate => Of(Opcode.Truncate, truncate.File, None, truncate.Size, line),
        FallocateStatement allocate => Of(Opcode.Fallocate, allocate.File, PageOf(allocate.Pages.First), 0, line) with
        {
            Pages = allocate.Pages.Count,
            Mode = allocate.Mode,
        },
        ReflinkStatement link => Of(Opcode.Reflink, link.Source, PageOf(link.SourcePages.First), 0, line) with
        {
            Pages = link.SourcePages.Count,
            Target = link.Target,
            TargetPage = PageOf(link.TargetPages.First),
        },
        _ => null,
    };

    private Instruction? TranslateMapCall(Statement statement, int line) => statement switch
    {
        DontNeedStatement advice => Of(Opcode.DontNeed, Map(advice.Map), advice.Page is { } page ? PageOf(page) : None, 0, line),
        HwPoisonStatement advice => Of(Opcode.HwPoison, Map(advice.Map), PageOf(advice.Page), 0, line),
        MsyncStatement sync => Of(Opcode.Msync, Map(sync.Map), None, 0, line),
        MunmapStatement unmap => Of(Opcode.Munmap, Map(unmap.Map), None, 0, line),
        MprotectStatement protect => Of(Opcode.Mprotect, Map(protect.Map), None, protect.IsWritable ? 1 : 0, line),
        _ => null,
    };

    private static Instruction TranslateOther(Statement statement, int line) => statement switch
    {
        ForkStatement fork => Of(Opcode.Fork, None, None, fork.Thread, line),
        DropCachesStatement => Of(Opcode.DropCaches, None, None, 0, line),
        SfenceStatement => Of(Opcode.Sfence, None, None, 0, line),
        CrashStatement => Of(Opcode.Crash, None, None, 0, line),
        _ => throw new ArgumentOutOfRangeException(nameof(statement)),
    };

    private Instruction At(Opcode opcode, Place place, Operand operand, int line) =>
        At(opcode, place, operand.Register is { } register ? slots[register] : None, operand.Value, 0, line);

    private Instruction At(Opcode opcode, Place place, int slot, int value, int registerCount, int line) =>
        new(opcode, place.Object, PageOf(place.Page), place.Word, slot, value, registerCount, line);

    private static Instruction Of(Opcode opcode, int target, int page, int value, int line) => new(opcode, target, page, 0, None, value, 0, line);

    private int PageOf(PageIndex page) => page.Variable is { } variable ? variables[variable] : page.Number;

    private int Map(int declared) => layout.MapFor(index, declared);

    private Place OfMap(Place place) => place with { Object = Map(place.Object) };
}
