namespace Faultline.Explain.Stories;

/// <summary>Lock classes that are taken in a circle, told.</summary>
/// <param name="Classes">The classes around the circle, the first one again at the end.</param>
/// <param name="Edges">One for each class: first the edge that closes the circle, each holding what the edge before it takes.</param>
public sealed record CycleStory(IReadOnlyList<string> Classes, IReadOnlyList<CycleEdge> Edges);

/// <summary>One class taken with another held.</summary>
/// <param name="Held">The class that is held.</param>
/// <param name="Taken">The class that is taken.</param>
/// <param name="IsDocumented">A documented rule: it holds whether or not the program does it.</param>
/// <param name="Text">Who takes what while holding what, or why nobody is shown to.</param>
/// <param name="Schedule">The shortest schedule that gets there; null when nobody is shown to.</param>
/// <param name="Outer">Where the lock that is held was taken; null when nobody is shown to.</param>
/// <param name="Inner">Where the other is taken; null when nobody is shown to.</param>
/// <param name="SharesHeld">The lock that is held is held shared.</param>
/// <param name="SharesTaken">The lock that is taken is taken shared.</param>
public sealed record CycleEdge(
    string Held,
    string Taken,
    bool IsDocumented,
    string Text,
    string? Schedule,
    StackTrace? Outer,
    StackTrace? Inner,
    bool SharesHeld,
    bool SharesTaken);
