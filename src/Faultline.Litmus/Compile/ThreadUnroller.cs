using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Compile;

/// <summary>Turns the statements of one thread into instructions.</summary>
internal sealed class ThreadUnroller(ThreadDeclaration thread)
{
    private const int None = -1;

    private readonly List<Instruction> code = [];
    private readonly Dictionary<string, int> variables = [];

    /// <summary>Slots of registers by number: the order of <see cref="ThreadDeclaration.Registers"/>.</summary>
    private readonly Dictionary<int, int> slots = thread.Registers.Index().ToDictionary(r => r.Item, r => r.Index);

    public ThreadSpec Unroll()
    {
        Unroll(thread.Body);
        return new ThreadSpec(thread.Name, code, [.. thread.Registers.Select(r => $"r{r}")]);
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
        return statement switch
        {
            LoadStatement load => At(Opcode.Load, load.Source, slots[load.Register], 0, 1, line),
            StoreStatement store => At(Opcode.Store, store.Target, store.Value, line),
            ReadStatement read => At(Opcode.Read, read.Source, slots[read.Register], 0, read.RegisterCount, line),
            WriteStatement write => At(Opcode.Write, write.Target, write.Value, line),
            DontNeedStatement advice => new Instruction(
                Opcode.DontNeed, advice.Map, advice.Page is { } page ? PageOf(page) : None, 0, None, 0, 0, line),
            _ => throw new ArgumentOutOfRangeException(nameof(statement)),
        };
    }

    private Instruction At(Opcode opcode, Place place, Operand operand, int line) =>
        At(opcode, place, operand.Register is { } register ? slots[register] : None, operand.Value, 0, line);

    private Instruction At(Opcode opcode, Place place, int slot, int value, int registerCount, int line) =>
        new(opcode, place.Object, PageOf(place.Page), place.Word, slot, value, registerCount, line);

    private int PageOf(PageIndex page) => page.Variable is { } variable ? variables[variable] : page.Number;
}
