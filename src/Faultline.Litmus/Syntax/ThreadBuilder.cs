namespace Faultline.Litmus.Syntax;

/// <summary>Gathers the cells of one column: statements, the loops that are open, the registers in use.</summary>
internal sealed class ThreadBuilder(Token name)
{
    private const int MaxDepth = 16;

    private readonly SortedSet<int> _registers = [];
    private readonly Stack<RepeatStatement> _open = [];
    private readonly Stack<List<Statement>> _bodies = new([[]]);
    private readonly List<Loop> _loops = [];

    /// <summary>A cell was not understood: what seems to be missing may stand there.</summary>
    public bool HasErrors { get; set; }

    public IReadOnlyCollection<int> Registers => _registers;

    /// <summary>The error of a loop without end, or null.</summary>
    public InputError? OpenLoopError => HasErrors || !_open.TryPeek(out RepeatStatement? loop)
        ? null
        : new InputError(loop.Position, $"this loop is not closed; expected '}}' in a later cell of {name.Text}");

    /// <summary>The loops around the next statement, outermost first.</summary>
    public IReadOnlyList<Loop> Loops => _loops;

    public void Add(Statement statement) => _bodies.Peek().Add(statement);

    public void Use(IEnumerable<int> registers) => _registers.UnionWith(registers);

    public void Open(int count, string? variable, SourcePosition position)
    {
        if (_open.Count == MaxDepth)
        {
            throw new InputError(position, $"loops are nested too deeply; expected at most {MaxDepth}");
        }

        _open.Push(new RepeatStatement(count, variable, [], position));
        _bodies.Push([]);
        _loops.Add(new Loop(variable, count));
    }

    public void Close(SourcePosition position)
    {
        if (_open.Count == 0)
        {
            throw new InputError(position, $"there is no loop to close in {name.Text}; expected an instruction") { IsConsequence = HasErrors };
        }

        RepeatStatement loop = _open.Pop() with { Body = _bodies.Pop() };
        _loops.RemoveAt(_loops.Count - 1);
        Add(loop);
        if (loop.Body.Count == 0)
        {
            throw new InputError(position, "this loop is empty; expected an instruction before '}'") { IsConsequence = HasErrors };
        }
    }

    public ThreadDeclaration Build() => new(name.Text, _bodies.Peek(), [.. _registers], name.Position);
}
