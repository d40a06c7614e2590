namespace Faultline.Cli;

/// <summary>What the user gave cannot be used. The message says where, and what was expected.</summary>
internal sealed class InputException(string message) : Exception(message);
